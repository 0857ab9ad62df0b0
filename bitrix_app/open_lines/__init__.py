"""Open lines of a portal: our connector in them, messages into them and out of them."""
