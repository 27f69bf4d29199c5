//! Environment gates that must hold before anything is bound, and the proof value that they did.
