//! All four services in one process on loopback ports.
