//! Where in a list that is longer than the screen.

/// The row that is selected, and the rows that are visible.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    pub(crate) row: usize,
    /// The first visible row.
    pub(crate) top: usize,
    /// How many rows there are.
    pub(crate) rows: usize,
    /// How many fit the screen.
    height: usize,
}

impl Cursor {
    /// Says how many rows fit; the cursor is among the visible ones then.
    pub(crate) fn set_height(&mut self, height: usize) {
        self.height = height.max(1);
        self.clamp();
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn up(&mut self, rows: usize) {
        self.row = self.row.saturating_sub(rows);
        self.clamp();
    }

    pub(crate) fn down(&mut self, rows: usize) {
        self.row = self.row.saturating_add(rows);
        self.clamp();
    }

    pub(crate) fn first(&mut self) {
        (self.row, self.top) = (0, 0);
    }

    pub(crate) fn go(&mut self, row: usize) {
        self.row = row;
        self.clamp();
    }

    /// What was selected is now in this row, if anywhere: it stays where it is on the screen.
    pub(crate) fn keep(&mut self, row: Option<usize>) {
        if let Some(row) = row {
            self.top = (self.top + row).saturating_sub(self.row);
            self.row = row;
        }
        self.clamp();
    }

    /// Scrolls, and takes the cursor along only as far as it must.
    pub(crate) fn scroll(&mut self, rows: isize) {
        self.top = self.top.saturating_add_signed(rows).min(self.rows.saturating_sub(self.height));
        self.row = self.row.clamp(self.top, self.top + self.height.saturating_sub(1));
        self.clamp();
    }

    fn clamp(&mut self) {
        self.row = self.row.min(self.rows.saturating_sub(1));
        let height = self.height.max(1);
        let lowest = (self.row + 1).saturating_sub(height);
        self.top = self.top.clamp(lowest, self.row).min(self.rows.saturating_sub(height).max(lowest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(rows: usize, height: usize) -> Cursor {
        let mut cursor = Cursor { rows, ..Cursor::default() };
        cursor.set_height(height);
        cursor
    }

    #[test]
    fn the_cursor_is_always_visible() {
        let mut cursor = cursor(100, 10);
        cursor.down(12);
        assert_eq!((cursor.row, cursor.top), (12, 3));
        cursor.up(1);
        assert_eq!((cursor.row, cursor.top), (11, 3));
        cursor.scroll(20);
        assert_eq!((cursor.row, cursor.top), (23, 23));
        cursor.scroll(-20);
        assert_eq!((cursor.row, cursor.top), (12, 3));
        cursor.down(usize::MAX);
        assert_eq!((cursor.row, cursor.top), (99, 90));
        cursor.scroll(1);
        assert_eq!((cursor.row, cursor.top), (99, 90));
        cursor.first();
        cursor.up(1);
        assert_eq!((cursor.row, cursor.top), (0, 0));
    }

    #[test]
    fn what_is_selected_stays_in_its_line() {
        let mut cursor = cursor(100, 10);
        cursor.down(12);
        cursor.keep(Some(50));
        assert_eq!((cursor.row, cursor.top), (50, 41));
        cursor.keep(Some(2));
        assert_eq!((cursor.row, cursor.top), (2, 0));
        cursor.rows = 1;
        cursor.keep(None);
        assert_eq!((cursor.row, cursor.top), (0, 0));
    }

    #[test]
    fn no_rows_and_no_room_are_fine() {
        let mut cursor = cursor(0, 0);
        cursor.down(1);
        cursor.scroll(1);
        cursor.set_height(5);
        assert_eq!((cursor.row, cursor.top), (0, 0));
    }
}
