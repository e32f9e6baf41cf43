//! A tab for tests that writes down what it is asked.
