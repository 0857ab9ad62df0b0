"""What operators and robots may write to whom."""
