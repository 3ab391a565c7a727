// The target's first file makes room for it.
