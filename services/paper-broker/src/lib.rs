//! Paper broker: simulated fills on raw contract bars, behind the risk gate.
