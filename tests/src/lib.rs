//! End-to-end, parity, layering and code-generation tests.
