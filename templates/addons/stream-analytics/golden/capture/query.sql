SELECT
    System.Timestamp() AS windowEnd,
    CAST(currency AS nvarchar(max)) AS currency,
    SUM(CAST(amount AS float)) AS amount
INTO [output]
FROM [input] TIMESTAMP BY CAST(paidAt AS datetime)
GROUP BY currency, TumblingWindow(minute, 5)
