"""Wang (2026) and others: Muon, how far it must orthogonalize, and first touch against for good."""
