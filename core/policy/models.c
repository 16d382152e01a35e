/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/model.h"

const struct pol_model *const pol_models[POL_N_MODELS] = {
  [POL_MODEL_TE] = &pol_te,       [POL_MODEL_BLP] = &pol_blp,
  [POL_MODEL_BIBA] = &pol_biba,   [POL_MODEL_CHINESE_WALL] = &pol_chinese_wall,
  [POL_MODEL_GUARD] = &pol_guard,
};
