"""Commands that change a state by hand, and look into it: subcommands of ``mcflow state``, and what they show and ask."""
