"""What is proved, and how a proof is told."""
