/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The launchpad's model: what is found by what is typed, what is in which section, and in which order. */
#include "model/app-filter.h"
#include "model/item-list-private.h"
#include "model/word-search.h"
#include "rpc/json.h"

static void
test_search (void)
{
  static const struct {
    const char *words, *text;
    gboolean found;
  } cases[] = {
    { "", "Text Editor", TRUE },
    { "edi", "Text Editor", TRUE },
    { "EDI te", "Text Editor", TRUE },
    { "dit", "Text Editor", FALSE },
    { "cafe", "Café", TRUE },
    { "계산", "공학용계산기", TRUE },    /* anywhere in a compound */
    { "ㄱㅅㄱ", "공학용 계산기", TRUE }, /* initial consonants */
    { "ㄱㅅㅍ", "계산기", FALSE },
    { "ㅌㅅㅌ", "텍스트 편집기", TRUE },
    { "ㅍㅈ ㅌㅅ", "텍스트 편집기", TRUE },
    { "ㅌㅅㅍ", "텍스트 편집기", FALSE },
    { "편지", "텍스트 편집기", TRUE },   /* on the way to 편집 */
    { "파잉", "파이어폭스", TRUE },      /* on the way to 파이어 */
    { "파입", "파이어폭스", FALSE },
    { "편ㅈㄱ", "텍스트 편집기", TRUE },  /* both in one */
    { "고", "과일", TRUE },              /* a vowel of two, of which the first is typed */
    { "구", "권한", TRUE },
    { "고", "구름", FALSE },
    { "달", "닭고기", TRUE },            /* a final of two */
    { "값", "갑시다", TRUE },            /* of which one moves on */
    { "읽", "일기장", TRUE },
    { "닭", "달나라", FALSE },
    { "ㄳ", "가사", TRUE },              /* initial consonants that the keyboard put together */
    { "ㄱㅄ", "고급 소리", FALSE },
    { "가", "나", FALSE },
    { "ㄲ", "까치", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (dmc_word_search_matches (cases[i].words, cases[i].text) != cases[i].found)
      g_error ("“%s” in “%s”: should be %d", cases[i].words, cases[i].text, cases[i].found);
  g_assert_true (dmc_word_search_begins ("tex", "Text Editor"));
  g_assert_false (dmc_word_search_begins ("edi", "Text Editor"));
  g_assert_true (dmc_word_search_begins ("ㅌㅅㅌ", "텍스트 편집기"));
  g_assert_false (dmc_word_search_matches ("x", "\xff\xfe"));
}

/* --- the filter ---------------------------------------------------------------------------------------------------------- */

typedef struct {
  DmcAppList *apps;
  DmcAppFilter *filter;
  guint told; /* rows that it said are new or gone */
} Stage;

static void
put (Stage *stage, const char *id, const char *name, const char *category, gboolean favourite, gint64 launched_us, gboolean runs)
{
  JsonArray *categories = json_array_new (), *running = json_array_new ();
  g_autoptr (JsonObject) app = NULL;

  json_array_add_string_element (categories, category);
  if (runs)
    json_array_add_int_element (running, 12);
  app = dmc_json_object ("id:s", id, "name:s", name, "summary:s", "Plain words", "categories:a", categories, "running:a", running,
                         "favourite:b", favourite, "launched_us:i", launched_us, NULL);
  dmc_item_list_put (DMC_ITEM_LIST (stage->apps), app, 0);
}

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, Stage *stage)
{
  stage->told += removed + added;
}

static void
set_up (Stage *stage, gconstpointer data)
{
  stage->apps = g_object_new (DMC_TYPE_APP_LIST, NULL);
  put (stage, "calc", "Calculator", "Utility", FALSE, 0, FALSE);
  put (stage, "edit", "Editor", "Utility", TRUE, 20, FALSE);
  put (stage, "music", "Music", "AudioVideo", FALSE, 30, TRUE);
  stage->filter = dmc_app_filter_new (stage->apps);
  put (stage, "web", "Web", "Network", TRUE, 10, TRUE); /* one that comes later */
  g_signal_connect (stage->filter, "items-changed", G_CALLBACK (on_items_changed), stage);
}

static void
tear_down (Stage *stage, gconstpointer data)
{
  g_object_add_weak_pointer (G_OBJECT (stage->filter), (gpointer *) &stage->filter);
  g_object_unref (stage->filter);
  g_assert_null (stage->filter);
  put (stage, "calc", "Nobody hears that", "Utility", TRUE, 0, TRUE);
  g_object_unref (stage->apps);
}

static void
assert_shown (Stage *stage, const char *wanted)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (stage->filter)); i++) {
    g_autoptr (DmcItem) app = g_list_model_get_item (G_LIST_MODEL (stage->filter), i);
    g_string_append_printf (ids, "%s%s", i > 0 ? " " : "", dmc_item_get_id (app));
  }
  g_assert_cmpstr (ids->str, ==, wanted);
}

static void
test_sections (Stage *stage, gconstpointer data)
{
  assert_shown (stage, "edit web calc music");
  dmc_app_filter_set_section (stage->filter, DMC_APP_SECTION_FAVOURITES);
  assert_shown (stage, "edit web");
  dmc_app_filter_set_section (stage->filter, DMC_APP_SECTION_RECENT);
  assert_shown (stage, "music edit web");
  dmc_app_filter_set_section (stage->filter, DMC_APP_SECTION_RUNNING);
  assert_shown (stage, "web music");
  dmc_app_filter_set_section (stage->filter, "Utility");
  assert_shown (stage, "edit calc");
  dmc_app_filter_set_section (stage->filter, "Game");
  assert_shown (stage, "");
  g_assert_cmpuint (dmc_app_filter_count (stage->filter, DMC_APP_SECTION_ALL), ==, 4);
  g_assert_cmpuint (dmc_app_filter_count (stage->filter, DMC_APP_SECTION_RUNNING), ==, 2);
}

static void
test_searching (Stage *stage, gconstpointer data)
{
  put (stage, "alter", "Alter an Editor", "Utility", TRUE, 0, FALSE);
  dmc_app_filter_set_search (stage->filter, " edi ");
  assert_shown (stage, "edit alter"); /* whose name begins so, before whose name has such a word */
  dmc_app_filter_set_search (stage->filter, "plain");
  assert_shown (stage, "alter edit web calc music");
  dmc_app_filter_set_section (stage->filter, "AudioVideo");
  assert_shown (stage, "music");
  dmc_app_filter_set_search (stage->filter, "");
  assert_shown (stage, "music");
}

static void
test_follows (Stage *stage, gconstpointer data)
{
  dmc_app_filter_set_section (stage->filter, DMC_APP_SECTION_FAVOURITES);
  put (stage, "calc", "Calculator", "Utility", TRUE, 0, FALSE);
  assert_shown (stage, "calc edit web");
  put (stage, "edit", "Editor", "Utility", FALSE, 20, FALSE);
  assert_shown (stage, "calc web");
  dmc_item_list_remove (DMC_ITEM_LIST (stage->apps), "calc");
  assert_shown (stage, "web");
  dmc_app_filter_set_section (stage->filter, DMC_APP_SECTION_RECENT);
  put (stage, "web", "Web", "Network", TRUE, 40, FALSE);
  assert_shown (stage, "web music edit");
  put (stage, "web", "A Web", "Network", TRUE, 40, FALSE);
  assert_shown (stage, "web music edit");
}

/* A view keeps the tiles that stay, with the focus that may be on one. */
static void
test_tells_little (Stage *stage, gconstpointer data)
{
  stage->told = 0;
  put (stage, "zebra", "Zebra", "Utility", FALSE, 0, FALSE);
  g_assert_cmpuint (stage->told, ==, 1);
  put (stage, "zebra", "Zebra", "Utility", FALSE, 50, TRUE); /* nothing moves */
  g_assert_cmpuint (stage->told, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/launchpad/search", test_search);
#define ADD(name, func) g_test_add ("/launchpad/" name, Stage, NULL, set_up, func, tear_down)
  ADD ("sections", test_sections);
  ADD ("searching", test_searching);
  ADD ("follows", test_follows);
  ADD ("tells-little", test_tells_little);
  return g_test_run ();
}
