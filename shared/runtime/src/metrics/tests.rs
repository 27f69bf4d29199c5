//! Exposition of one and of several registries.
