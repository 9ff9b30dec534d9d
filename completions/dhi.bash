_dhi_complete() {
    local completion
    COMPREPLY=()
    while IFS= read -r completion; do
        COMPREPLY+=("$completion")
    done < <(COMPLETE=bash _DHI_COMPLETE_REPLACED="$2" dhi -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o nospace -o bashdefault -F _dhi_complete dhi
