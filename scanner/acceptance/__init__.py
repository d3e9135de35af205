"""What a team accepts, and until when: exceptions, baselines, decisions."""
