SELECT
    customer,
    COUNT(*) AS orders,
    System.Timestamp() AS windowEnd
INTO [output]
FROM [input]
GROUP BY customer, HoppingWindow(second, 600, 60)
HAVING COUNT(*) > 10
