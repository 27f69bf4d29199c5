//! Evidence packs: event schemas, writer, verifier, report and run registry.
