/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of models, in the order in which they are asked: those that keep state come last. */
#pragma once

/* clang-format off: one a line */
/* M (MODEL, model): POL_MODEL_MODEL is its number, pol_model its struct pol_model */
#define POL_MODELS(M)                                                                              \
  M (TE, te)                                                                                       \
  M (BLP, blp)                                                                                     \
  M (BIBA, biba)                                                                                   \
  M (CHINESE_WALL, chinese_wall)                                                                   \
  M (GUARD, guard)
/* clang-format on */
