# Sourced: what of the workspace is built. All but Lance, whose hundreds of crates take longer than
# everything else together, and with LANCE=1 that too.
house=(--workspace --exclude portico-lance --features simulator,sample)
lance=(-p portico -p portico-lance --features simulator,sample,lance)
all=("${house[@]}")
[[ -z ${LANCE:-} ]] || all=(--workspace --features simulator,sample,lance)
