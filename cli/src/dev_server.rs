//! `coffret dev-server`: the development server alone, until it is told to stop.
