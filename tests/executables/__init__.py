"""Tests of what `make executables` has built: `make test-executables` runs them."""
