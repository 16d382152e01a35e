/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/model.h"

#define ADDRESS(MODEL, model) [POL_MODEL_##MODEL] = &pol_##model,
const struct pol_model *const pol_models[POL_N_MODELS] = { POL_MODELS (ADDRESS) };
