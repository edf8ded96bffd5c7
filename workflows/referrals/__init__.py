"""What happens to referrals, a verb a file."""
