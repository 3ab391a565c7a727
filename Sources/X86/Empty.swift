// The module's first file makes room for it.
