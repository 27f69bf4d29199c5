//! Event journal on SQLite: a batch of events is one row and one transaction, hash-chained, answered after the commit.
