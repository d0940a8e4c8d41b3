"""The parts of the design language as pure functions from values to escaped markup."""
