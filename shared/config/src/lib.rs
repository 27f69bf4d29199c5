//! Configuration: defaults < file < environment < flag, unknown keys refused, every problem reported at once.
