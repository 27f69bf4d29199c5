//! The one serve function of all services: health, reflection, layers, limits, telemetry, shutdown.
