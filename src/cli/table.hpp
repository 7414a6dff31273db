// Columns of text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::cli {

/// Cells in rows; each column is as wide as its widest cell, the last one is wrapped.
class Table {
 public:
  /// Lines have at most `width` columns, as far as the cells allow.
  explicit Table(std::size_t indent = 2, std::size_t width = 100)
      : indent_(indent), width_(width) {}

  /// All rows have the same number of cells. Cells hold no control characters.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// Takes the last row back. There is one.
  void drop_last() { rows_.pop_back(); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// The rows, each line with its end. `paint(row, column, padded text)` may add colour.
  template <class Paint>
  [[nodiscard]] std::string text(Paint&& paint) const;
  [[nodiscard]] std::string text() const {
    return text([](std::size_t, std::size_t, std::string cell) { return cell; });
  }

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;

  std::size_t indent_;
  std::size_t width_;
  std::vector<std::vector<std::string>> rows_;
};

/// Breaks `text` at blanks into lines of at most `width` columns; longer words stay whole. At least
/// one line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// How many columns a terminal needs for UTF-8 `text`, taking each character for one column.
[[nodiscard]] std::size_t columns(std::string_view text);

template <class Paint>
std::string Table::text(Paint&& paint) const {
  constexpr std::size_t kGap = 2;
  constexpr std::size_t kLeastLastColumn = 30;
  const std::vector<std::size_t> wide = widths();
  std::size_t before = indent_;
  for (std::size_t column = 0; column + 1 < wide.size(); ++column) before += wide[column] + kGap;
  const std::size_t last_width =
      before + kLeastLastColumn < width_ ? width_ - before : kLeastLastColumn;

  std::string result;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::string line(indent_, ' ');
    for (std::size_t column = 0; column + 1 < wide.size(); ++column) {
      std::string cell = rows_[row][column];
      cell.append(wide[column] - columns(cell), ' ');
      line += paint(row, column, std::move(cell));
      line.append(kGap, ' ');
    }
    const std::vector<std::string> last = wrap(rows_[row].back(), last_width);
    for (std::size_t part = 0; part < last.size(); ++part) {
      if (part > 0) line.assign(before, ' ');
      if (!last[part].empty()) line += paint(row, wide.size() - 1, last[part]);
      while (line.ends_with(' ')) line.pop_back();
      result += line;
      result += '\n';
    }
  }
  return result;
}

}  // namespace hermes::cli
