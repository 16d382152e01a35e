/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory becomes page tables and memory again. What is refused here is a bug of the kernel. */
#include "memory.h"

void
tables_protect (uint32_t page, uint32_t count, uint32_t flags)
{
  for (uint32_t i = 0; i < count; i++) {
    uint32_t entry = memory_frame (page + i) << PV_PAGE_SHIFT | flags;
    long error = pv_update_va_mapping ((uint32_t)memory_address (page + i), entry, UVMF_INVLPG);
    if (error < 0)
      pv_panic ("page %u cannot become %03x: %d", page + i, flags, (int)error);
  }
}

void
tables_operation (uint32_t cmd, uint32_t page)
{
  struct mmuext_op op = { .cmd = cmd, .arg1.mfn = memory_frame (page) };
  long error = pv_mmuext_op (&op, 1, NULL);
  if (error < 0)
    pv_panic ("memory operation %u on page %u: %d", cmd, page, (int)error);
}
