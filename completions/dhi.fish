complete --keep-order --exclusive --command dhi --arguments "(COMPLETE=fish dhi -- \
    (commandline --current-process --tokenize --cut-at-cursor) (string unescape -- (commandline --current-token)))"
