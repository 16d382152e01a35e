/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Search as people type, Korean too: syllables anywhere in a word, since compounds are written as one; their initial
 * consonants alone ("ㄱㅅㄱ" finds "계산기"); and a last syllable that is still being composed ("계사" on the way to "계산"). */
#include "model/word-search.h"

/* Hangul syllables in Unicode: initial, vowel and final count up in this order (The Unicode Standard, 3.12). */
#define FIRST_SYLLABLE 0xac00
#define LAST_SYLLABLE  0xd7a3
#define N_FINALS       28
#define N_VOWELS       21

/* The letter as a keyboard gives it, for each initial and each final; 0 for none and for those made of two. */
static const gunichar initials[] = { 0x3131, 0x3132, 0x3134, 0x3137, 0x3138, 0x3139, 0x3141, 0x3142, 0x3143, 0x3145,
                                     0x3146, 0x3147, 0x3148, 0x3149, 0x314a, 0x314b, 0x314c, 0x314d, 0x314e };
static const gunichar finals[N_FINALS] = { 0,      0x3131, 0x3132, 0, 0x3134, 0, 0, 0x3137, 0x3139, 0, 0,      0,      0,      0,
                                           0,      0,      0x3141, 0x3142, 0, 0x3145, 0x3146, 0x3147, 0x3148, 0x314a, 0x314b,
                                           0x314c, 0x314d, 0x314e };

static gboolean
is_syllable (gunichar c)
{
  return c >= FIRST_SYLLABLE && c <= LAST_SYLLABLE;
}

static gunichar
initial_of (gunichar syllable)
{
  return initials[(syllable - FIRST_SYLLABLE) / (N_VOWELS * N_FINALS)];
}

static gboolean
is_hangul (const gunichar *word)
{
  for (; *word != 0; word++)
    if (is_syllable (*word) || (*word >= initials[0] && *word <= initials[G_N_ELEMENTS (initials) - 1]))
      return TRUE;
  return FALSE;
}

/* The last letter typed, against what is there and what follows. */
static gboolean
composes (gunichar typed, gunichar c, gunichar next)
{
  guint final;

  if (!is_syllable (typed) || !is_syllable (c))
    return FALSE;
  final = (typed - FIRST_SYLLABLE) % N_FINALS;
  if (final == 0)
    return typed == c - (c - FIRST_SYLLABLE) % N_FINALS;
  /* The final will move on to the next syllable, as soon as its vowel is typed. */
  return typed - final == c && finals[final] != 0 && is_syllable (next) && initial_of (next) == finals[final];
}

static gboolean
matches_at (const gunichar *word, const gunichar *text)
{
  for (; *word != 0; word++, text++) {
    if (*text == 0)
      return FALSE;
    if (*word == *text || (is_syllable (*text) && *word == initial_of (*text)))
      continue;
    return word[1] == 0 && composes (*word, *text, text[1]);
  }
  return TRUE;
}

static gunichar *
letters (const char *text)
{
  g_autofree char *composed = g_utf8_normalize (text, -1, G_NORMALIZE_NFC);
  g_autofree char *plain = composed != NULL ? g_utf8_casefold (composed, -1) : NULL;

  return plain != NULL ? g_utf8_to_ucs4_fast (plain, -1, NULL) : NULL;
}

static gboolean
hangul_matches (const char *word, const char *text)
{
  g_autofree gunichar *wanted = letters (word);
  g_autofree gunichar *there = letters (text);

  if (wanted == NULL || there == NULL || !is_hangul (wanted))
    return FALSE;
  for (const gunichar *at = there; *at != 0; at++)
    if (matches_at (wanted, at))
      return TRUE;
  return FALSE;
}

/**
 * dmc_word_search_matches:
 * @words: what the user typed
 * @text: what is searched
 *
 * Returns: whether each of the words begins a word of @text, or is Korean and anywhere in it
 */
gboolean
dmc_word_search_matches (const char *words, const char *text)
{
  g_auto (GStrv) each = g_strsplit_set (words, " \t\n", -1);

  for (gsize i = 0; each[i] != NULL; i++)
    if (each[i][0] != '\0' && !g_str_match_string (each[i], text, TRUE) && !hangul_matches (each[i], text))
      return FALSE;
  return TRUE;
}

/**
 * dmc_word_search_begins:
 * @words: what the user typed
 * @text: what is searched
 *
 * Returns: whether @text begins with it, upper and lower case alike, or with its initial consonants
 */
gboolean
dmc_word_search_begins (const char *words, const char *text)
{
  g_autofree gunichar *wanted = letters (words);
  g_autofree gunichar *there = letters (text);

  return wanted != NULL && there != NULL && matches_at (wanted, there);
}
