/// Completion of `ferry ctl` for shells.
enum CtlCompletion {
  /// For bash: commands and arguments come from the machine at the socket.
  static let bash = #"""
    _ferry() {
      local word=${COMP_WORDS[COMP_CWORD]}
      COMPREPLY=()
      if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "run machines devices schema snapshot ctl" -- "$word"))
      elif [ "${COMP_WORDS[1]}" = ctl ]; then
        if [ "$COMP_CWORD" -eq 2 ]; then
          COMPREPLY=($(compgen -f -- "$word"))
        else
          local command=
          [ "$COMP_CWORD" -gt 3 ] && command=${COMP_WORDS[3]}
          COMPREPLY=($("${COMP_WORDS[0]}" ctl "${COMP_WORDS[2]}" $command --complete "$word" 2>/dev/null))
          [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
        fi
      else
        COMPREPLY=($(compgen -f -- "$word"))
      fi
    }
    complete -F _ferry ferry

    """#
}
