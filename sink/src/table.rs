//! The tables the sink writes.

/// A table the sink writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the tables' own names")]
pub enum Table {
    State(StateTable),
    Outcomes,
    DeadLetters,
}

/// A table whose every row is one state of something, known by an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the tables' own names")]
pub enum StateTable {
    Feedback,
    Orders,
    Visits,
    Customers,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 6] = [
        Self::State(StateTable::Feedback),
        Self::State(StateTable::Orders),
        Self::State(StateTable::Visits),
        Self::State(StateTable::Customers),
        Self::Outcomes,
        Self::DeadLetters,
    ];

    /// Returns the table's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State(table) => table.as_str(),
            Self::Outcomes => "outcomes",
            Self::DeadLetters => "dead_letters",
        }
    }
}

impl StateTable {
    /// Every table of states.
    pub const ALL: [Self; 4] = [Self::Feedback, Self::Orders, Self::Visits, Self::Customers];

    /// Returns the table's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feedback => "feedback",
            Self::Orders => "orders",
            Self::Visits => "visits",
            Self::Customers => "customers",
        }
    }

    /// Returns what a source must change so that other content under a known state is taken as a newer one.
    pub fn conflict(self) -> &'static str {
        match self {
            Self::Feedback => {
                "other content under a known source_id and revision; send revision or updated_at with each edit"
            }
            Self::Orders => {
                "other content under a known order_id, status and updated_at; send a later updated_at with each change"
            }
            Self::Visits => {
                "other content under a known visit_id, event, occurred_at and page; send milliseconds, or \
                 another visit_id"
            }
            Self::Customers => {
                "other content under a known customer_id and updated_at; send a later updated_at with each change"
            }
        }
    }
}
