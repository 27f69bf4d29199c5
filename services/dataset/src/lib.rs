//! Dataset service: import, validation, continuous builds, and bars over Arrow Flight.
