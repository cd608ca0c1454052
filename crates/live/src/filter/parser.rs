//! From text to expressions.

use std::net::IpAddr;

use collectd_net::Severity;

use super::compare::Comparison;
use super::cursor::Cursor;
use super::field::{FIELDS, Field, NumberField, TextField};
use super::number::{Number, Relation};
use super::pattern::Matcher;
use super::{Expression, ParseError, regular};

/// How many parentheses and `!` may stand inside each other: it is also how deep the calls go.
const MAX_DEPTH: usize = 100;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Relation(Relation),
    Matches,
    MatchesNot,
}

/// The longer ones first.
const OPERATORS: [(&str, Operator); 8] = [
    ("==", Operator::Relation(Relation::Equal)),
    ("!=", Operator::Relation(Relation::NotEqual)),
    ("<=", Operator::Relation(Relation::LessOrEqual)),
    (">=", Operator::Relation(Relation::GreaterOrEqual)),
    ("!~", Operator::MatchesNot),
    ("~", Operator::Matches),
    ("<", Operator::Relation(Relation::Less)),
    (">", Operator::Relation(Relation::Greater)),
];

/// Reads an expression; `None` if there is nothing but blanks.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, ParseError> {
    let mut parser = Parser { cursor: Cursor { text, offset: 0 }, depth: 0 };
    parser.cursor.skip_blanks();
    if parser.cursor.rest().is_empty() {
        return Ok(None);
    }
    let expression = parser.any()?;
    parser.cursor.skip_blanks();
    match parser.cursor.rest().chars().next() {
        None => Ok(Some(expression)),
        Some(')') => Err(parser.cursor.error("there is no parenthesis that this one could close")),
        Some('&' | '|') => Err(parser.cursor.error("\"and\" is &&, \"or\" is ||")),
        Some(_) => Err(parser.cursor.error("&& or || is missing before this")),
    }
}

/// The only one, if it is.
fn alone(mut expressions: Vec<Expression>) -> Result<Expression, Vec<Expression>> {
    match expressions.pop() {
        Some(only) if expressions.is_empty() => Ok(only),
        last => {
            expressions.extend(last);
            Err(expressions)
        }
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expression, ParseError> {
        let mut any = vec![self.all()?];
        while self.cursor.take("||") {
            any.push(self.all()?);
        }
        Ok(alone(any).unwrap_or_else(Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, ParseError> {
        let mut all = vec![self.one()?];
        while self.cursor.take("&&") {
            all.push(self.one()?);
        }
        Ok(alone(all).unwrap_or_else(Expression::All))
    }

    /// A comparison, what is in parentheses, or the opposite of one of these.
    fn one(&mut self) -> Result<Expression, ParseError> {
        self.cursor.skip_blanks();
        let start = self.cursor;
        if self.depth == MAX_DEPTH {
            return Err(start.error(format!("more than {MAX_DEPTH} ( or ! inside each other")));
        }
        self.depth += 1;
        let expression = if self.cursor.take("!") {
            Expression::Not(Box::new(self.one()?))
        } else if self.cursor.take("(") {
            let expression = self.any()?;
            if !self.cursor.take(")") {
                let is_at_end = self.cursor.rest().is_empty();
                let message =
                    if is_at_end { "the parenthesis is not closed" } else { "&&, || or ) is missing before this" };
                return Err(if is_at_end { start.error(message) } else { self.cursor.error(message) });
            }
            expression
        } else {
            Expression::Is(self.comparison()?)
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn comparison(&mut self) -> Result<Comparison, ParseError> {
        let start = self.cursor;
        let name = self.cursor.word();
        if name.is_empty() {
            return Err(start.error("a comparison is missing, such as host == \"a\""));
        }
        let field = Field::named(name).ok_or_else(|| {
            let known: Vec<_> = FIELDS.iter().map(|(name, _)| *name).collect();
            start.error(format!("there is no \"{name}\", only {}", known.join(", ")))
        })?;
        self.cursor.skip_blanks();
        let at = self.cursor;
        let operator = self.operator()?;
        let unsuitable = || at.error(format!("\"{name}\" goes with {}", field.operators()));
        match (field, operator) {
            (Field::Text(field), operator) => self.text(field, operator)?.ok_or_else(unsuitable),
            (Field::Number(field), Operator::Relation(relation)) => self.number(field, relation),
            (_, Operator::Relation(Relation::Equal)) => self.choice(field, true),
            (_, Operator::Relation(Relation::NotEqual)) => self.choice(field, false),
            _ => Err(unsuitable()),
        }
    }

    fn operator(&mut self) -> Result<Operator, ParseError> {
        let at = self.cursor;
        let rest = at.rest();
        if rest.starts_with("=~") {
            return Err(at.error("a regular expression is matched with ~"));
        }
        if let Some((_, operator)) = OPERATORS.iter().find(|(symbol, _)| self.cursor.take(symbol)) {
            return Ok(*operator);
        }
        Err(at.error(if rest.starts_with('=') {
            "\"equal\" is =="
        } else {
            "one of == != < <= > >= ~ !~ is missing here"
        }))
    }

    /// `None` if texts do not go with the operator.
    fn text(&mut self, field: TextField, operator: Operator) -> Result<Option<Comparison>, ParseError> {
        let (matcher, wanted) = match operator {
            Operator::Relation(relation @ (Relation::Equal | Relation::NotEqual)) => {
                let text = self.cursor.literal()?;
                (Matcher::Is(text.into()), relation == Relation::Equal)
            }
            Operator::Relation(_) => return Ok(None),
            Operator::Matches | Operator::MatchesNot => {
                let found = self.cursor.regular()?;
                let regex = regular::compile(self.cursor.text, found.offset, found.length, found.any_case)?;
                (Matcher::Matches(regex), operator == Operator::Matches)
            }
        };
        Ok(Some(Comparison::Text { field, matcher, wanted }))
    }

    fn number(&mut self, field: NumberField, relation: Relation) -> Result<Comparison, ParseError> {
        self.cursor.skip_blanks();
        let at = self.cursor;
        let number = Number::parse(self.cursor.word());
        let number = number.ok_or_else(|| at.error("a number is missing here, such as 1e6"))?;
        Ok(Comparison::Number { field, relation, number })
    }

    /// What can only be one of a few.
    fn choice(&mut self, field: Field, wanted: bool) -> Result<Comparison, ParseError> {
        self.cursor.skip_blanks();
        let at = self.cursor;
        let text = self.cursor.literal()?;
        let text = str::from_utf8(&text).unwrap_or_default();
        match field {
            Field::Severity => {
                let severity = text.parse::<Severity>().map_err(|error| at.error(error.to_string()))?;
                Ok(Comparison::Severity { severity, wanted })
            }
            Field::From => {
                let address = text.parse::<IpAddr>().map_err(|_| at.error("it is not an IP address"))?;
                Ok(Comparison::From { address: address.to_canonical(), wanted })
            }
            _ => match text {
                "notification" => Ok(Comparison::Notification { wanted }),
                "values" => Ok(Comparison::Notification { wanted: !wanted }),
                _ => Err(at.error("it is neither \"values\" nor \"notification\"")),
            },
        }
    }
}
