"""What `make bench` runs: every figure in docs/measurements.md, each with its n, its interval and its two baselines."""
