//! The properties of a resource: names, forms, and who may say them when.

use super::who::Who;

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    Text,
    /// `true`, `t`, `1`; anything else is false.
    Flag,
    Whole,
    /// One of these, in any case; kept as it is written here.
    Choice(&'static [&'static str]),
    /// A repeated text; where there are choices, one of these as it is written here.
    Texts(&'static [&'static str]),
    Group(&'static [Field]),
    /// A repeated group.
    Groups(&'static [Field]),
}

/// When a property may be said and when it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Open,
    /// Said at creation only, shown by `verbose=true` only.
    CreateOnly,
    /// Not to be said at creation.
    ModifyOnly,
    /// Shown by `verbose=true` only.
    ReadOnly,
    /// Never shown.
    WriteOnly,
}

/// One property.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) access: Access,
    /// Must be there at creation.
    pub(crate) needed: bool,
    /// Who may say it, where that is not everybody who may use the resource.
    pub(crate) by: Option<Who>,
    /// System-level accounts alone may say it, and see it without `verbose=true`.
    pub(crate) above: bool,
    /// Nobody else sees it at all.
    pub(crate) hidden: bool,
}

const fn field(name: &'static str, form: Form) -> Field {
    Field {
        name,
        form,
        access: Access::Open,
        needed: false,
        by: None,
        above: false,
        hidden: false,
    }
}

pub(crate) const fn text(name: &'static str) -> Field {
    field(name, Form::Text)
}

pub(crate) const fn flag(name: &'static str) -> Field {
    field(name, Form::Flag)
}

pub(crate) const fn whole(name: &'static str) -> Field {
    field(name, Form::Whole)
}

pub(crate) const fn choice(name: &'static str, of: &'static [&'static str]) -> Field {
    field(name, Form::Choice(of))
}

/// A repeated text, without a wrapper of its own.
pub(crate) const fn texts(name: &'static str) -> Field {
    field(name, Form::Texts(&[]))
}

pub(crate) const fn some_of(name: &'static str, of: &'static [&'static str]) -> Field {
    field(name, Form::Texts(of))
}

pub(crate) const fn group(name: &'static str, fields: &'static [Field]) -> Field {
    field(name, Form::Group(fields))
}

pub(crate) const fn groups(name: &'static str, fields: &'static [Field]) -> Field {
    field(name, Form::Groups(fields))
}

impl Field {
    const fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    pub(crate) const fn create_only(self) -> Self {
        self.access(Access::CreateOnly)
    }

    pub(crate) const fn modify_only(self) -> Self {
        self.access(Access::ModifyOnly)
    }

    pub(crate) const fn read_only(self) -> Self {
        self.access(Access::ReadOnly)
    }

    pub(crate) const fn write_only(self) -> Self {
        self.access(Access::WriteOnly)
    }

    pub(crate) const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    pub(crate) const fn by(mut self, who: Who) -> Self {
        self.by = Some(who);
        self
    }

    pub(crate) const fn above(mut self) -> Self {
        self.above = true;
        self
    }

    /// Between system-level accounts only.
    pub(crate) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self.above()
    }
}
