"""A stand-in for the authors' fork of verl: it lays down what the fork lays down, and trains nothing."""
