"""What one state may do that another could not, and where an account is not as its templates say."""
