//! Risk decision, matching, margin and ledger: pure, without I/O or clock.
