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

/* Finals, and letters, of two: what is typed first of them, by its place among the finals, and what then. */
static const struct {
  guint    final;
  gunichar letter;
  guint    first;
  gunichar second;
} doubles[] = {
  { 3, 0x3133, 1, 0x3145 },  { 5, 0x3135, 4, 0x3148 },  { 6, 0x3136, 4, 0x314e },  { 9, 0x313a, 8, 0x3131 },
  { 10, 0x313b, 8, 0x3141 }, { 11, 0x313c, 8, 0x3142 }, { 12, 0x313d, 8, 0x3145 }, { 13, 0x313e, 8, 0x314c },
  { 14, 0x313f, 8, 0x314d }, { 15, 0x3140, 8, 0x314e }, { 18, 0x3144, 17, 0x3145 },
};

/* Vowels of two, the ones that begin with the same vowel in a row, as keyboards for two sets of letters have them. */
static const struct {
  guint begin, first, last;
} growing[] = { { 8, 9, 11 }, { 13, 14, 16 }, { 18, 19, 19 } };

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

static gboolean
vowel_begins (guint typed, guint vowel)
{
  for (gsize i = 0; i < G_N_ELEMENTS (growing); i++)
    if (typed == growing[i].begin && vowel >= growing[i].first && vowel <= growing[i].last)
      return TRUE;
  return typed == vowel;
}

/* What is typed of a final can be all of it, the first of two, or what moves on to the next syllable when its vowel is typed. */
static gboolean
final_begins (guint typed, guint final, gunichar next)
{
  gunichar initial = is_syllable (next) ? initial_of (next) : 0;

  if (final == 0 && finals[typed] != 0 && initial == finals[typed])
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (doubles); i++)
    if ((final == doubles[i].final && typed == doubles[i].first)
        || (typed == doubles[i].final && final == doubles[i].first && initial == doubles[i].second))
      return TRUE;
  return FALSE;
}

/* The last letter typed, against what is there and what follows. */
static gboolean
composes (gunichar typed, gunichar c, gunichar next)
{
  guint vowel, wanted;

  if (!is_syllable (typed) || !is_syllable (c) || initial_of (typed) != initial_of (c))
    return FALSE;
  vowel = (c - FIRST_SYLLABLE) / N_FINALS % N_VOWELS;
  wanted = (typed - FIRST_SYLLABLE) / N_FINALS % N_VOWELS;
  if ((typed - FIRST_SYLLABLE) % N_FINALS == 0)
    return vowel_begins (wanted, vowel);
  return wanted == vowel && final_begins ((typed - FIRST_SYLLABLE) % N_FINALS, (c - FIRST_SYLLABLE) % N_FINALS, next);
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

/* Initial consonants that a keyboard has put together to one letter are two. Takes @typed over. */
static gunichar *
take_apart (gunichar *typed)
{
  g_autofree gunichar *whole = typed;
  GArray *all = g_array_new (TRUE, FALSE, sizeof (gunichar));

  for (; *typed != 0; typed++) {
    gunichar pair[2] = { *typed, 0 };

    for (gsize i = 0; i < G_N_ELEMENTS (doubles); i++)
      if (*typed == doubles[i].letter) {
        pair[0] = finals[doubles[i].first];
        pair[1] = doubles[i].second;
      }
    g_array_append_vals (all, pair, pair[1] != 0 ? 2 : 1);
  }
  return (gunichar *) (void *) g_array_free (all, FALSE);
}

/* (transfer full) (nullable): what the user typed */
static gunichar *
typed_letters (const char *words)
{
  gunichar *typed = letters (words);

  return typed != NULL ? take_apart (typed) : NULL;
}

static gboolean
hangul_matches (const char *word, const char *text)
{
  g_autofree gunichar *wanted = typed_letters (word);
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
  g_autofree gunichar *wanted = typed_letters (words);
  g_autofree gunichar *there = letters (text);

  return wanted != NULL && there != NULL && matches_at (wanted, there);
}
