//! For tests only: the stack in process on free ports and clients that speak the wire.
