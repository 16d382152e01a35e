# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for bash; the words come from domicilectl's own help, so that they are never out of date.

# The second column of a list that domicilectl prints, without its heading; nothing where it is not reachable.
_domicilectl_names () {
  "${COMP_WORDS[0]}" "$1" list 2>/dev/null | awk -v c="$2" 'NR > 1 { print $c }'
}

_domicilectl () {
  local word=${COMP_WORDS[COMP_CWORD]} group=${COMP_WORDS[1]} help words
  help=$("${COMP_WORDS[0]}" --help 2>/dev/null)
  if [[ $word == -* ]]; then
    words=$("${COMP_WORDS[@]:0:COMP_CWORD}" --help 2>/dev/null | grep -oE -- '--[a-z-]+' | sort -u)
  elif ((COMP_CWORD == 1)); then
    words=$(sed -nE '/^Commands:/,/^$/s/^  ([a-z]+) .*/\1/p' <<< "$help" | sort -u)
  elif ((COMP_CWORD == 2)); then
    words=$(sed -nE "/^Commands:/,/^$/s/^  $group ([a-z]+) .*/\1/p" <<< "$help")
  elif [[ $group == domain ]]; then
    words=$(_domicilectl_names domain 2)
  elif [[ $group == workspace || $group == app || $group == catalogue || $group == process ]]; then
    words=$(_domicilectl_names workspace 1)
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _domicilectl domicilectl
