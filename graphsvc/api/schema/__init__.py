"""The GraphQL schema as a pure function of the Model: names, outputs, inputs, and their golden text."""
