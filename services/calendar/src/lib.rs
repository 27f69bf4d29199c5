//! Calendar and contract service: the exchange calendar, handed out by hash and evaluated for callers.
