/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

int
utf8_length (const char *text, size_t length)
{
  const unsigned char *bytes = (const unsigned char *)text;
  unsigned char first = bytes[0];
  unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */
  int want;

  if (first < 0x80) {
    return 1;
  } else if (first >= 0xc2 && first <= 0xdf) {
    want = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    want = 3;
    low = first == 0xe0 ? 0xa0 : 0x80;  /* shorter forms */
    high = first == 0xed ? 0x9f : 0xbf; /* surrogates */
  } else if (first >= 0xf0 && first <= 0xf4) {
    want = 4;
    low = first == 0xf0 ? 0x90 : 0x80;
    high = first == 0xf4 ? 0x8f : 0xbf; /* past U+10FFFF */
  } else {
    return 0;
  }
  for (int i = 1; i < want; i++) {
    if ((size_t)i == length) {
      return -1;
    }
    if (bytes[i] < low || bytes[i] > high) {
      return 0;
    }
    low = 0x80;
    high = 0xbf;
  }
  return want;
}
