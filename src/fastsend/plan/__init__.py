"""What to propose to the peer, and which presentation context carries which instance."""
