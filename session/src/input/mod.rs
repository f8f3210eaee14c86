//! Mouse and keyboard: injection at the customer, and what tells hardware from injected input.
