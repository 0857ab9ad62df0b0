"""Letters: messages on their way out, beside the drain of their portal."""
