//! The synthetic NQ market of the demo, the benches and the tests: seeded, the same bytes every time.
