//! Risk gate: fail-closed pre-trade decisions with signed permits.
